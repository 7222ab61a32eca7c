# kasasagi list、状態といまの様子

list-columns = FAX | 受信日時 | 経路 | 状態 | 記録 | 備考
list-states = 使えるのは { $states } です
list-received = 受信
list-opened = 開封
list-read = 読取
list-sending = 送信中
list-delivered = 配信済
list-held = 保留
list-duplicate = 重複
list-refused = 拒否
list-copy = { $of } と同じもの
list-page = { $page }ページ目：{ $reason }
list-record = 記録{ $record }：{ $reasons }
list-record-repeats = 記録{ $record }：{ $of } の再送
list-record-corrects = 記録{ $record }：{ $of } の訂正
list-record-undelivered = 記録{ $record }：{ $count } 通が届いていません
list-trouble = 障害 { $trouble }
list-trouble-of =
    { $part ->
        [intake] 受け取り
        [disk] ディスク
        [journey] 読み取りと振り分け
        [metrics] 監視
        [templates] ひな形
        [registry] 登録簿
       *[other] { $part }
    }（{ $age }前から）：{ $what }。試し続けています
list-not-running = ゲートウェイが動いていません。メールを受け取れません。
list-stopped = 動いていません。メールを受け取れません
list-faxes-wait = { $waiting }。
list-running = 動いています。{ $waiting }
list-no-fax-waits = 処理を待つFAXはありません
list-waiting = FAX { $count } 件が処理を待っています（最も古いものは { $age }）
list-age-seconds = { $seconds }秒
list-age-minutes = { $minutes }分{ $seconds }秒
list-age-hours = { $hours }時間{ $minutes }分
