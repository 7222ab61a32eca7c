# 起きたこと。1つの出来事に1つの文。

story-received = 受信しました（{ $bytes } バイト、{ $source }）
story-received-again = 同じメールがもう一度届きました（{ $source }）
story-mailbox-begun = メールボックスの受け取りを始めました（UIDVALIDITY { $validity }、UID { $first } 以降）
story-opened = 開封しました：文書 { $count } 件（{ $formats }）
story-reading-failed = 読み取れませんでした（{ $attempt }回目）：{ $reason }
story-read = { $pages } ページを読み取りました：{ $found }
story-read-record = { $record }（{ $page }ページ目、様式 { $form } 第{ $version }版、確か { $sure }、要確認 { $doubtful }、空欄 { $blank }）
story-read-held = { $page }ページ目は { $why }
story-deliver =
    { $record } を配信します（{ $urgency ->
        [routine] 通常
        [today] 当日
        [emergency] 緊急
       *[other] { $urgency }
    }）：患者 { $patient }（根拠 { $evidence }）、宛先 { $to }
story-repeat = { $record } は { $of } の再送です。何も送りません
story-resent = { $record } は { $of } と同じ用紙です。異なる項目：{ $differing }。判断できない項目：{ $unclear }
story-no-fields = なし
story-hold = { $record } を保留しました：{ $reasons }
story-record-rejected = { $record } を配信せずに処理済みにしました：{ $reason }
story-corrected = { $record } を訂正しました：{ $fields }
story-routed = { $record } を患者 { $patient } のものと人が指定しました
story-rejected = 配信せずに処理済みにしました：{ $reason }
story-looked = 閲覧しました：{ $what }
story-looked-about = 閲覧しました：{ $what } { $about }
story-fax-held = 保留しました：{ $reason }
story-admitted = 人が確認し、処理を続けさせました
story-duplicate = { $of } と同じ文書です
story-refused = 拒否しました：{ $reason }
story-erased = 内容を消去しました
story-kept = 内容を残すことにしました
story-released = 内容を残さなくてよいことにしました
story-backed-up = 出来事 { $seq } までコピーしました
story-restored = 出来事 { $seq } までのコピーから戻しました。確認の要るFAXとメールは { $in_doubt } 件です
story-key-rotated = すべての鍵を新しい主鍵で包み直しました
story-started = 起動しました（版 { $version }）
story-stopped = 停止しました
story-view-rebuilt = 索引を作り直しました：{ $reason }
story-reported = { $day } の日報を送りました
story-registry-proposed =
    登録簿 { $version } を提出しました：追加 { $added } 行、変更 { $changed } 行、削除 { $removed } 行{ $from ->
        [none] {""}
       *[other] （{ $from } から）
    }
story-registry-approved = 登録簿 { $version } を承認しました
story-registry-turned-down = 登録簿 { $version } を使わないことにしました
story-digested = { $items } をまとめ便 { $digest } に入れました
story-carried-over = { $items } を次のまとめ便に回しました：{ $code }
story-deferred = { $items } の送信を延期しました（{ $attempt }回目）：{ $code }。次は { $next }
story-sent = { $items } を送信しました：{ $code }
story-gave-up = { $items } の送信を断念しました：{ $code }
story-displayed = { $items } が受取人の画面に表示されました
story-replied = { $items } に受取人から返信がありました
story-no-backup = { $items } は時間内に確認されませんでした。代わりの受取人はいません
story-escalated = { $items } は時間内に確認されませんでした。{ $to } にも送ります
story-retried = { $items } を人がもう一度送ることにしました
story-cancelled = { $items } の送信を取り消しました
story-alerted = { $items } について事務局に知らせました
