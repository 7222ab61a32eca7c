# kasasagi registry

registry-nobody = 登録簿に { $text } という名前の人はいません
registry-several = { $text } に当てはまる人が複数います：{ $codes }。コードで指定してください
registry-find-columns = 種類 | コード | 名前 |
registry-patient = 患者
registry-physician = 医師
registry-facility = 事業所
registry-warning = 注意：{ $what }
registry-colon = ：
registry-sound = { $dir }：医師 { $physicians } 人、事業所 { $facilities } か所、患者 { $patients } 人。誤りはなく、注意が { $warnings } 件あります

registry-columns = 番号 | 提出日時 | 提出者 | 行の増減 | 使用開始 | 状況
registry-written = { $dir } に書き出しました
registry-rows = 登録簿 { $version }：{ $added } 行を追加、{ $changed } 行を変更、{ $removed } 行を削除
registry-not-in-force =
    まだ使われていません。別の人が内容を見て承認してください：
    {"  "}kasasagi registry show { $version }
    {"  "}kasasagi registry approve { $version }
registry-at-once = すぐに
registry-proposed = 承認待ち
registry-approved = { $by } が承認
registry-turned-down = { $by } が却下

registry-recipient = { $urgency } { $code } { $name }（{ $role }）<{ $address }>
registry-when = 時期：{ $what }
registry-how = 方法：{ $what }
registry-whole-page = ページ：全体
registry-masked-page = ページ：一部を隠す
registry-all-fields = 見える項目：{ $count }。隠す項目はありません
registry-some-fields = 見える項目：{ $count }。隠す項目：{ $hidden }
registry-would-be-held = { $urgency } 保留になります：{ $reasons }
registry-now = すぐに
registry-after-quiet-hours = 静穏時間が終わってから（{ $time }）
registry-digest = { $time } のまとめ便
registry-encrypted = 暗号化する（証明書は { $day } まで）
registry-notice = 内容のない知らせだけ
registry-readable = 暗号化しない（確認できたTLSの中）
registry-not-at-all = 送りません：{ $code }
