# kasasagi check

check-good = 正常
check-warning = 注意
check-bad = 異常

check-at = { $place }：{ $why }
check-installed = インストールされたままの設定です
check-sound = 問題ありません
check-built-in = 組み込みのひな形を使います
check-off = 使いません

check-no-senders = intake.senders に送信元がありません。サーバーを経由したメールは保留になります（docs/senders.md）
check-senders = 送信元 { $count } 件。プロファイルは { $profiles }
check-readers = PP-OCR と Tesseract
check-walls-files-and-network = landlock：読み取りに要るファイルだけ、TCPは不可
check-walls-files = landlock：読み取りに要るファイルだけ
check-walls-no-files = landlock がありません
check-walls-calls = seccomp：ファイル、ソケット、プロセスはいずれも不可
check-walls-no-calls = seccomp がありません

check-registry = 医師 { $physicians } 人、事業所 { $facilities } か所、患者 { $patients } 人
check-registry-differs = { $dir } の内容はこれと違い、使われていません
check-registry-remarks = 注意が { $count } 件あります。「kasasagi registry check」で見られます

check-handed-over = { $path } はサービスが動いている間だけあります
check-key-missing = { $path } がありません。保管庫にはこの鍵が必要です。控えから戻してください
check-made-at-start = { $path } は最初の起動のときに作られます
check-disk = { $dir } の空きは { $free } MBです
check-disk-full = { $dir } の空きは { $free } MBしかありません。下限を下回っているため、メールの受け取りを延ばしています

check-signature = { $day } まで有効です
check-self-signed = 自己署名で、{ $day } まで有効です。受取人に { $path } を渡すか、認証局の証明書を使ってください
check-signature-ends = { $day } に期限が切れます。新しい証明書と鍵に替えてください
check-certificates = 受取人の証明書は { $count } 件です
check-certificate-begins = { $holder }：{ $day } から有効です
check-certificate-ends = { $holder }：{ $day } に期限が切れます。新しいものを求めてください
check-certificate-ended = { $holder }：{ $day } に期限が切れました。新しいものが届くまで何も送られません
check-without-certificate = 暗号化したメールを求めていて、証明書のない受取人が { $count } 人います：{ $first } …
check-holidays = { $day } までの祝日がわかっています
check-holidays-end = 祝日の一覧が60日以内に終わります（digest.holidays）
check-admins = { $count } 人。日報は { $time } に送られます
check-no-admins = 日報や、失敗したメールの知らせを受け取る人がいません（admin.addresses）

check-imap-mails = フォルダーにメールが { $count } 通あります
check-imap-idle = 新しいメールはサーバーが知らせます
check-imap-polled = 新しいメールは定期的に見に行きます
check-imap-seen = 受け取ったメールには既読の印を付けます
check-imap-moved = 受け取ったメールは移動します
check-imap-copied = 受け取ったメールはコピーして元を削除します
check-imap-only-seen = 受け取ったメールには既読の印しか付けられません（MOVE も UIDPLUS もありません）
check-imap-noticed = 別のゲートウェイが動いていればわかります
check-imap-unnoticed = 別のゲートウェイが動いていてもわかりません

check-folder = メールは送らず、{ $dir } に書き出します
check-no-host = { $place }：その名前のサーバーがありません
check-answers = { $place } は応答しています
check-free = { $place } は空いています。ゲートウェイはいま待ち受けていません
check-no-socket = { $place } はソケットではありません。別の場所を指定してください
check-no-folder = { $place }：そのフォルダーがありません
check-taken = { $place } は別のプログラムが使っています。別の場所を指定してください

check-mail-columns = メール |
check-mail-fax = FAX
check-mail-held = 保留：{ $code }
check-mail-refused = 拒否：{ $code }
check-mail-unreadable = 読めません
check-mail-document = { $format }、{ $bytes } バイト
check-mail-note = { $code }：{ $words }
check-mail-local = 認めます：送信元の登録がなく、サーバーを経由していないメールです
check-mail-vouched = 認めます：intake.senders の { $entry } 番目。own_server がドメインを保証しています
check-mail-address = 認めます：intake.senders の { $entry } 番目。アドレスだけで判断しました
check-mail-no-address = 知らない送信元です：From にアドレスがちょうど1つ書かれていません
check-mail-relayed = 知らない送信元です：intake.senders に登録がなく、サーバーを経由したメールです
check-mail-not-listed = 知らない送信元です：From のアドレスが intake.senders にありません
check-mail-other-profile = 知らない送信元です：intake.senders で指定したプロファイルに合わないメールです
check-mail-not-proved = 知らない送信元です：intake.own_server の先頭の Authentication-Results が、From のドメインを保証していません
