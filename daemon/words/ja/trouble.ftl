# いま動いていないもの。直るまで繰り返し伝える。

trouble-disk-floor = 保管庫のディスクがいっぱいです。{ $floor } MBの空きが必要です。空きを作ってください
trouble-disk-full = 保管庫のディスクがいっぱいです。空きを作ってください
trouble-disk-read-only = 保管庫のディスクに書き込めません。システムのログで障害を確かめてください
trouble-maildir = Maildir { $dir } が使えません：{ $why }
trouble-unsound = { $why }。前に読み込んだものを使い続けます
trouble-imap-too-large = intake.max_message_mb より大きいメールが { $count } 通サーバーに残っています（最初のUIDは { $uid }）。上限を上げて再起動するか、読んで取り除いてください
trouble-imap-foreign = 別のゲートウェイがこのメールボックスで動いていて、{ $count } 通を先に確保しています。どちらかを止めてください
trouble-imap-stays = サーバーではメールの移動も削除もできません。受け取ったメールには既読の印を付けます
