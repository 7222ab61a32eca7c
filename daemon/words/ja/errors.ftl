# エラーの文。英語はプログラムの各部分がそのまま述べる。

error-other = { $what }

## システム

error-system-not-found = ファイルまたはフォルダーがありません
error-system-permission = 権限がありません
error-system-exists = すでにあります
error-system-full = ディスクに空きがありません
error-system-read-only = 書き込みのできないディスクです
error-system-no-folder = フォルダーではありません
error-system-folder = フォルダーです
error-system-refused = 接続を断られました
error-system-broken = 接続が切れました
error-system-unreachable = ネットワークから届きません
error-system-slow = 時間内に応答がありません
error-system-address = アドレスがすでに使われています
error-system-cut = データが途中で切れています

## ゲートウェイ

error-file = { $path }：{ $action }ことができません
error-mailbox = メールボックス
error-reader = 読み取りプログラムを起動できません
error-reading = 封緘された読み取り結果を理解できません（{ $line }行目、{ $column }文字目）
error-no-progress = FAX { $fax } の処理が進みませんでした
error-part-ended = ゲートウェイの一部が自分で終了しました。上のログを見てください
error-shutting-down = ゲートウェイは停止するところです
error-listen = { $address } で待ち受けできません。別のプログラムが使っていませんか
error-not-loopback = { $address } はこの機械の外から届くアドレスです。127.0.0.1、[::1] またはUnixソケットを指定してください
error-already-running = ゲートウェイはすでに { $socket } で動いています
error-test-page = テストページ：{ $what }
error-demo-registry = 登録簿には、見本のFAXを配信できる患者が足りません
error-demo-unfinished = 見本のFAXが { $seconds } 秒以内に終わりませんでした。上のログを見てください
error-form-twice = { $file }：様式番号 { $number } の版 { $version } が二重に定義されています
error-no-form = 様式 { $id } はありません。あるのは { $known } です

## 送るメール

error-letter = メール { $item } を作れません。{ $what } が使えません。登録簿または設定を直してください
error-template = ひな形 { $file }：{ $what }。ファイルを直すか、取り除いて組み込みのひな形を使ってください
error-template-line = ひな形 { $file } の { $line } 行目：{ $what }。ファイルを直すか、取り除いて組み込みのひな形を使ってください
error-mail-too-large = メール { $mail } は { $bytes } バイトあり、上限の { $limit } バイトを超えています。一度に送る記録を減らしてください
error-identity = 署名用の証明書と鍵 { $file }：{ $what }
error-seal = { $what }ことができません
error-route = メールの配信：{ $what }。設定を直してください
error-office-mail = 事務局あてのメールが受け付けられませんでした：{ $code }
error-dispatch = 対象のないメール、またはまとめ便でないのに複数の対象をもつメールです

## 尋ねられたもの

error-no-store = { $dir } にはまだ保管庫がありません。--config で設定ファイルを指定するか、ゲートウェイを一度起動してください
error-no-fax = { $id } というFAXはありません。「kasasagi list」で一覧が見られます
error-no-event = 番号 { $seq } の出来事はありません
error-not-held = { $id } は保留になっていません。保留中のものは「kasasagi held」で見られます
error-typed = 項目 { $field }：{ $why }
error-not-registered = { $code } は登録された患者ではありません。「kasasagi registry find」で探せます
error-no-registry = 使用中の登録簿がありません。ゲートウェイを一度起動するか、「kasasagi registry import フォルダー」を実行してください
error-own-approval = 登録簿 { $version } を提出したのは { $actor } です。別の人が承認しなければなりません（registry.approvals）
error-registry-settled = 登録簿 { $version } は処理済みか、後の登録簿が承認されています。もう一度提出してください
error-no-item = { $item } というメールはありません。「kasasagi outbox list --all」で一覧が見られます
error-item-settled = { $item } はもう変更できません。送信済みか、送信中のまとめ便に入っています
error-still-held = { $fax } は人の判断を待っています。先に処理してください（「kasasagi held」）
error-not-for-a-word = { $fax } は、知らない送信元のため保留されたものでも、バックアップから復元されたものでもありません。保留中のものは「kasasagi held」で見られます
error-not-a-code = { $text } は登録番号でもコードでもありません。名前からは「kasasagi registry find」で探せます
error-key-of-service = ゲートウェイが動いていません。鍵は root だけが読めます。ゲートウェイを起動するか、sudo を付けて実行してください
error-other-user = 保管庫 { $dir } は { $owner } のものです。{ $owner } として実行するか、ゲートウェイを起動してください

## 設定と登録簿のファイル

error-config-read = { $path } を読めません
error-config-write = { $path } に書き込めません
error-config-syntax = { $file }：{ $what }
error-config-value = { $file }：{ $key }：{ $what }
error-config-many = 誤りが { $count } 件あります：

## 読み取りと様式

error-ocr-unknown-format = PDF、TIFF、PNGのいずれでもありません
error-ocr-password = パスワード付きのPDFです
error-ocr-unreadable = { $kind } を読めません：{ $what }
error-ocr-over-limit = 文書が上限（{ $of }：{ $limit }）を超えています
error-ocr-unsupported = { $what } には対応していません
error-ocr-form = 様式 { $form }：{ $what }
error-ocr-code = 正しい機械コードではありません：{ $what }
error-ocr-draw = { $what } を描けません
error-ocr-resource = { $path } の{ $what }が使えません：{ $why }
error-ocr-engine = 読み取りエンジン { $engine } が失敗しました：{ $what }

## メールボックス

error-imap-unreachable = IMAPサーバー { $server } に接続できません：{ $what }。intake.imap.host と port、ネットワークを確かめてください
error-imap-tls = IMAPサーバー { $server } とTLSで通信できません：{ $what }。intake.imap.security を確かめ、独自の証明書を使うサーバーなら ca_file も確かめてください
error-imap-login = IMAPサーバーにログインできません：{ $what }。intake.imap.user とパスワードのファイルを確かめてください
error-imap-folder = IMAPのフォルダー { $folder } を開けません：{ $what }。intake.imap.folder を確かめてください
error-imap-no-validity = IMAPサーバーがこのフォルダーの UIDVALIDITY を示さないため、メールを区別できません
error-imap-put-away = 受け取ったメールをIMAPのフォルダー { $folder } へ移せません：{ $what }。メールは元の場所に残ります
error-imap-broken = IMAPの通信が途中で切れました（{ $doing }）：{ $what }
error-imap-silent = IMAPサーバーが時間内に応答しません（{ $doing }）
error-imap-deposit = IMAPサーバーのメールを受け取れませんでした：{ $why }

## 保管庫

error-store-no-registry = 登録簿 { $version } はありません。「kasasagi registry history」で一覧が見られます
error-store-cannot-follow = 何も変更しませんでした（{ $what }）。すでに処理されています。もう一度見てください
error-store-malformed = { $text } は{ $what }ではありません
error-store-io = { $path }：{ $doing }ことができません
error-store-chance = システムから乱数が得られません：{ $what }
error-store-disk-low = 保管庫のディスクの空きは { $free } バイトしかなく、{ $floor } バイトを残さなければなりません。空きを作ってください
error-store-in-use = 保管庫 { $path } は別のプログラムが使っています。止めるか、ソケットを通して使ってください
error-store-no-rest = 保管庫 { $path } をコピーできませんでした。内容の消去が続いています。もう一度試してください
error-store-no-store = { $path } には保管庫がありません
error-store-not-empty = { $path } は空ではありません。空のフォルダー、またはまだないフォルダーを指定してください
error-store-bad-backup = このバックアップは使えません：{ $path }：{ $what }
error-store-not-written = 監査記録に書き込めませんでした（{ $cause }）。今回の出来事は記録されていません。もう一度試してください
error-store-poisoned = 書き込みに失敗したため（{ $cause }）、監査記録は出来事を受け付けません。ディスクを確かめて再起動してください
error-store-damaged = 監査記録は出来事 { $seq } で壊れています：{ $what }。何も変更していません。バックアップから復元してください
error-store-newer-format = { $path } の形式は { $format } で、この版が読めるのは 1 までです。書き込んだ版をインストールしてください
error-store-newer-event = 出来事 { $seq } は新しい版が書いたものです。何も変更していません。その版をインストールしてください
error-store-view = 索引が使えません（{ $what }）。再起動すると監査記録から作り直されます
error-store-event-too-large = { $bytes } バイトの出来事は、上限の { $limit } バイトを超えています
error-store-encode = 出来事を書き表せません
error-store-key-open = 鍵のファイル { $path } の権限は { $mode } です。0600 にしてください
error-store-key-malformed = 鍵のファイル { $path } は16進数64桁ではありません
error-store-key-missing = 鍵のファイル { $path } がありません。控えからこの保管庫の主鍵を戻してください
error-store-rotating = { $path } の主鍵の変更が途中で終わっています。「kasasagi key rotate」をもう一度実行してください
error-store-wrong-key = この主鍵では保管庫 { $path } を開けません。保管庫を作ったときの鍵を指定してください
error-store-kept = FAX { $fax } の内容は残さなければなりません（「kasasagi keep」）。先に解除してください
error-store-erased = FAX { $fax } の内容は消去されています
error-store-fax-key-missing = FAX { $fax } の鍵がありません。keys/{ $fax } をバックアップから戻してください
error-store-no-blob = FAX { $fax } に { $name } という内容はありません
error-store-tampered = 封緘されたファイル { $path } が変更されています。バックアップから戻してください
error-store-no-fax = { $fax } というFAXは受信していません
error-store-still-open = FAX { $fax } は処理中です。消去する前に処理を終えてください

## TOMLの書き方

error-toml-place = { $line }行目、{ $column }文字目：
error-toml-inside = （`{ $key }` の中）
error-toml-unknown = `{ $key }` という項目はありません。あるのは { $known } です
error-toml-missing = `{ $key }` がありません
error-toml-twice = 同じ項目が二度書かれています
error-toml-text = 値は "…" で囲んだ文字で書いてください
error-toml-boolean = 値は true か false で書いてください
error-toml-list = 値は ["…", "…"] のような一覧で書いてください
error-toml-whole-number = 値は0以上の整数で書いてください
error-toml-number = 値は数で書いてください
error-toml-type = 値の種類が違います
error-toml-other = 書き方が正しくありません

## コマンドの書き方

usage-no-verb = { $verb } というコマンドはありません
usage-verb-missing = コマンドが必要です
usage-no-argument = { $argument } という引数はここでは使えません
usage-missing = 必要な引数がありません：{ $argument }
usage-conflict = { $argument } は { $other } と一緒には使えません
usage-no-value = { $argument } には値が必要です
usage-other-value = { $argument } に { $value } は使えません。使えるのは { $valid } です
usage-bad-value = { $argument } に { $value } は使えません：{ $why }
usage-other = コマンドの書き方を理解できません：{ $what }
usage-meant = もしかして { $meant } ですか
usage-help = 使い方は --help を付けると見られます
