# kasasagi init

init-ask-from = すべてのメールの差出人アドレス
init-ask-organisation = ゲートウェイを運営する団体の名前
init-ask-admins = 日報を受け取る人のアドレス
init-ask-imap = FAXが届くメールボックスのサーバー（IMAP）
init-ask-user = ログインするユーザー名
init-ask-password = パスワード
init-ask-fax-address = そのメールボックスのアドレス
init-ask-senders = FAXを送ってよい送信元（アドレスまたは *@ドメイン）
init-ask-relay = メールを送り出すサーバー（SMTP）
init-question = { $question }：
init-may-be-empty = { $question }（なければEnter）
init-missing = { $flag } の指定が必要です
init-missing-answer = { $flag } の指定が必要です：{ $question }
init-no-password = { $file } にパスワードがありません
init-settings-there = { $file } がすでにあります。--replace を付けると、いまのファイルを別の名前で残して置き換えます

init-told = { $what }：{ $text }
init-made = 作成
init-kept = 保持
init-check = 点検
init-check-finds = 「kasasagi check」の結果：
init-page = テスト
init-step-sending = テストページを送っています …
init-step-waiting = テストページがメールボックスに届くのを待っています …
init-step-reading = テストページを読み取っています …
init-page-drawn = テストページを作りました。送り出すサーバーがないため、送っていません。記入された { $filled } 項目のうち { $sure } 項目を確かに読めました
init-page-sent = テストページを { $to } に送りました（{ $code }）。記入された { $filled } 項目のうち { $sure } 項目を確かに読めました
init-page-came-back = テストページを { $to } に送りました（{ $code }）。メールボックスに届き、そこで片付けました。記入された { $filled } 項目のうち { $sure } 項目を確かに読めました

init-next =
    {""}
    次にすること：
init-next-sample = {"  "}登録簿は試用のための架空の町のものです。先に自分の表に置き換えてください
init-next-tables = {"  "}{ $dir } の4つの表に記入する
init-next-check = {"  "}kasasagi check                異常がなくなるまで
init-next-service = {"  "}systemctl start kasasagi      その後もう一度「kasasagi check」
init-next-run = {"  "}kasasagi run                  ゲートウェイを動かす
init-next-key = {"  "}主鍵の控えを別の場所に残す（なくすと何も開けません）
