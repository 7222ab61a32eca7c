# コマンドの説明。英語の説明はプログラムの中にある。名前はコマンドの並び、属性は引数の名前。

help = 市の標準の患者情報用紙のための、FAXをメールで届けるゲートウェイ
    .config = 設定ファイル。指定がなければ /etc/kasasagi/kasasagi.toml、それもなければ組み込みの既定値
    .json = 結果をJSONで出力する（プログラム用）
    .lang = 表示する言語（ja または en）。指定がなければロケールに従う
    .help = この説明を表示する
    .version = 版を表示する

help-help = 説明を表示する
    .subcommand = 説明を見たいコマンド

help-init = 最初の設定をする：設定ファイルと鍵を作り、テストページを一周させる
    .from = すべてのメールの差出人アドレス
    .organisation = ゲートウェイを運営する団体の名前（受取人に表示される）
    .admins = 日報を受け取る人のアドレス。複数の人には繰り返して指定する
    .imap_host = FAXが届くメールボックスのIMAPサーバー。指定がなければLMTPで受け取る
    .imap_port = そのポート。通常と違うときだけ
    .imap_security = 通信の保護：tls、starttls、plain-local（保護なし。この機械の中だけ）
    .imap_ca = システムのものに加えて信頼する証明書（PEM）
    .imap_user = ログインするユーザー名
    .imap_password_file = パスワードのファイル。中身がコピーされる
    .fax_address = そのメールボックスのアドレス。テストページの宛先になる
    .senders = FAXを送ってよい送信元：アドレスまたは *@ドメイン。繰り返して指定できる
    .own_server = 自分のメールサーバーが Authentication-Results の先頭に書く名前。送信元を信じるのではなく確かめられる
    .relay_host = メールを送り出すサーバー。指定がなければメールはフォルダーに書かれる
    .relay_port = そのポート。通常と違うときだけ
    .relay_security = 通信の保護：tls、starttls、plain-local（保護なし。この機械の中だけ）
    .relay_ca = システムのものに加えて信頼する証明書（PEM）
    .relay_user = ログインするユーザー名（必要なときだけ）
    .relay_password_file = パスワードのファイル。中身がコピーされる
    .registry = 登録簿の4つの表のフォルダー。なければ見出しだけの表を作る
    .sample_registry = 試用のため、架空の町の登録簿を入れる
    .data = 保管庫のフォルダー。/var/lib/kasasagi 以外にするとき
    .sockets = ソケットのフォルダー。/run/kasasagi 以外にするとき
    .model = PP-OCRのモデル。インストール済みのもの以外を使うとき
    .test_page = テストページを送らない
    .replace = すでにある設定を置き換える。元の設定は別の名前で残る
    .yes = 何も尋ねない。フラグで指定されないものは省く

help-run = ゲートウェイを動かす（止めるよう言われるまで）

help-demo = 見本のFAXで全体の流れを見せる（試用のフォルダーの中で）
    .dir = すべてを置くフォルダー。新しいか空のもの。指定がなければ一時フォルダーの中に作る
    .model = PP-OCRのモデル。指定がなければインストール済みのもの
    .seed = FAX回線の乱れ方を決める数

help-check = 設定、登録簿、様式、読み取り、鍵、ディスク、メールサーバーを点検する
    .mail = 代わりに、このメールがどう扱われるかを表示する。何も保存しない

help-form = 様式の一覧、印刷、項目の説明
help-form-list = 様式の一覧を表示する
help-form-print = 印刷して記入するための白紙の様式をPDFで作る
    .id = 様式の名前（ICM-01 など）
    .output = 書き出すファイル。指定がなければ標準出力
    .serial = 2つの機械コードに入れる通し番号（1〜99999999）。指定がなければコピー用の白紙
help-form-fields = すべての項目とその位置を表示する
    .id = 様式の名前（ICM-01 など）

help-read = FAXのファイルを読み、項目を表示する。何も保存せず、何も送らない
    .files = PDF、TIFF、PNGのファイル

help-submit = メール1通を受信したものとして渡す
    .file = メール（RFC 5322、.emlファイル）

help-list = FAXの一覧と、いまどこにあるか
    .state = この状態のFAXだけ（received 受信、opened 開封、read 読取、sending 送信中、delivered 配信済、held 保留、duplicate 重複、refused 拒否）
    .since = これ以降に受信したFAXだけ：日付（2026-11-23）、時刻、または 2d や 3h のような期間

help-trace = 1件のFAXに起きたことのすべて
    .fax = FAXの番号

help-held = 人の判断を待つもの
help-held-list = 保留中のものの一覧
help-held-show = 保留中のFAX（20261123-7K3QXD2M）または記録（20261123-7K3QXD2M.1）を全項目とともに表示する
    .id = FAXまたは記録の番号
    .pages = ページをこのフォルダーに書き出す：届いたままのページ（PDF）と、まっすぐに直した様式（PNG）
help-held-accept = 記録の読み取り結果を確認するか、訂正する。その後、規則に従って改めて判断される
    .id = 記録の番号
    .fields = 項目の内容。例：--field dr_code=0865。空欄なら = の後に何も書かない。実行中のコマンドはこの機械の誰からも見える
    .fields_from = このような「項目=内容」の行をファイルから読む。「-」は標準入力。ほかの人からは見えない
help-held-route = 記録がどの登録患者のものかを指定する。登録医と担当の事業所に送られる
    .id = 記録の番号
    .patient = 登録患者の連携ID
    .fields = 項目の内容。例：--field dr_code=0865。空欄なら = の後に何も書かない。実行中のコマンドはこの機械の誰からも見える
    .fields_from = このような「項目=内容」の行をファイルから読む。「-」は標準入力。ほかの人からは見えない
help-held-reject = FAXまたは記録を、配信せずに処理済みにする
    .id = FAXまたは記録の番号
    .reason = 理由：misdirected 誤着信で送信元に知らせた、resend_asked 再送を依頼した、settled_otherwise 別の方法で届いたか電話で済んだ、not_patient_information 患者情報ではない、not_allowed 渡してはならない（同意、停止、死亡）、test テスト
help-held-admit = 知らない送信元のため保留されたFAXの送信元を保証する。その後、開いて読み取られる
    .fax = FAXの番号

help-outbox = 受取人あてのメール
help-outbox-list = まだ送っていないメールの一覧
    .all = 送信済みと取り消したものも
help-outbox-retry = 断念したもの、取り消したもの、まとめ便を待つものをいま送る
    .item = メールの番号
help-outbox-cancel = メールを送らないことにする
    .item = メールの番号

help-digest = まとめ便を待つものと、時刻より前の送信
help-digest-list = 何がいつまで待つかの一覧
help-digest-send = すべてのまとめ便をいま作って送る

help-report = 日報を表示する
    .day = 日付（2026-11-25 など）。指定がなければ今日

help-registry = 登録簿の点検、変更、検索
help-registry-check = フォルダーのすべての表と行を点検する
    .dir = フォルダー。指定がなければ設定のもの
help-registry-import = フォルダーの表を次の登録簿として提出し、何が変わるかを表示する
    .dir = 表（CSVまたはTOML）と証明書のフォルダー
    .from = 使い始める日（2026-12-01 など）。指定がなければすぐに
help-registry-show = 提出された登録簿と、何が変わるかを表示する
    .version = 登録簿の番号
help-registry-approve = ほかの人が提出した登録簿を承認し、使えるようにする
    .version = 登録簿の番号
help-registry-turn-down = 提出された登録簿を使わないことにする
    .version = 登録簿の番号
help-registry-history = 提出されたすべての登録簿の一覧
help-registry-export = 登録簿の表をフォルダーに書き出す
    .dir = 書き出すフォルダー。なければ作る
    .version = 登録簿の番号。指定がなければ使用中のもの
    .format = 表の種類（csv または toml）
help-registry-find = 人と事業所を、コードまたは名前の一部から探す
    .text = コード、名前、かな、またはその一部
help-registry-policy = ある患者について、誰が何をいつどのように受け取るかを表示する。何も送らない
    .patient = 患者の連携ID
    .sender = 用紙を送る事業所の番号。自分の用紙は自分に戻らない
    .urgency = この緊急度だけ：routine 通常、today 当日、emergency 緊急

help-audit = 監査記録を見る、または確かめる
help-audit-list = 出来事の一覧
    .since = これ以降：日付、時刻、または 2d のような期間
    .until = これ以前：--since と同じ書き方
    .fax = このFAXだけ
    .patient = この登録患者だけ：番号、または使用中の登録簿にある名前
    .physician = この登録医師または事業所あてだけ：コード、または名前
    .kind = この種類だけ（decided、sent など）
    .actor = この人が行ったものだけ
    .after = この番号より後だけ
    .limit = 最大の件数。指定がなければ一覧は1000件、書き出しはすべて
help-audit-show = 1つの出来事をすべて表示する
    .seq = 出来事の番号
help-audit-export = 出来事を古い順に標準出力へ書き出す（ほかのプログラム用）
    .format = 形式：jsonl は1行に1つのJSON、csv は表
    .since = これ以降：日付、時刻、または 2d のような期間
    .until = これ以前：--since と同じ書き方
    .fax = このFAXだけ
    .patient = この登録患者だけ：番号、または使用中の登録簿にある名前
    .physician = この登録医師または事業所あてだけ：コード、または名前
    .kind = この種類だけ（decided、sent など）
    .actor = この人が行ったものだけ
    .after = この番号より後だけ
    .limit = 最大の件数。指定がなければすべて
help-audit-verify = つながり、署名された先頭、封緘されたファイル、索引を確かめる
    .checkpoints = この機械から出て行った署名の行（メールや日報にある）：そのままの文字、またはそれを含むファイル。暗号化されていないメールなら保存したもの（.eml）でよい
    .key = 署名した公開鍵。問題がなかったときに audit key が表示したもの
help-audit-head = 監査記録の署名の行を表示する
    .note = 署名付きの覚書（signed note）として。透明性ログの道具で読める（c2sp.org/signed-note）
help-audit-key = 署名を確かめる公開鍵を表示する。別の場所に控えておく
    .note = 署名付きの覚書を読む道具が求める形で

help-reconcile = 日ごとに 受信 = 配信 + 保留 + 重複 + 拒否 + 処理中 を確かめる

help-backup = 保管庫をフォルダーにコピーする。ゲートウェイは動いていてもよい
    .dir = コピーを置くフォルダー。空か、まだないもの
help-restore = コピーを保管庫として戻す。ゲートウェイは止めておく
    .dir = バックアップのフォルダー
    .replace = いまある保管庫を脇へ移す
    .never_ran_since = このバックアップの後、ゲートウェイが一度も動いていないことが確かなとき：すべてが元の場所から続き、待っているものは送られる

help-erase = 処理の終わったFAXの鍵と内容を完全に消す。出来事は残る
    .fax = このFAX
    .older_than = これだけの間、何も起きていない処理済みのFAXすべて：90d のような期間、または日付
    .dry_run = 何が消されるかだけを表示する
help-keep = FAXの内容を、どれほど古くなっても残す（法的保全）
    .fax = FAXの番号
    .release = もう残さなくてよい

help-key = 保管庫を開く主鍵
help-key-rotate = いまの主鍵を別の鍵に替える。ゲートウェイは止めておく
    .to = 新しい鍵を書き出すファイル。いまの鍵が、このプログラムが置き換えられない資格情報（credential）として渡されているとき
