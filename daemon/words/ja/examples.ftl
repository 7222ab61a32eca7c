# 各コマンドの使い方の例。「#」の前はテストで確かめられる。

examples = 例:
example =
    kasasagi check   # すべて正常か
    kasasagi held   # 人の判断を待つもの
    kasasagi list --since 2d   # この2日間のFAX
    kasasagi trace 20261123-7K3QXD2M   # その1件がどうなったか
example-init =
    kasasagi init   # すべてを尋ねる
    kasasagi init --yes --from fax@example.jp --admin clerk@example.jp --fax-address fax@example.jp --imap-host imap.example.jp --imap-user fax --imap-password-file p1 --sender '*@efax.example' --relay-host smtp.example.jp --relay-user fax --relay-password-file p2   # 何も尋ねない
    kasasagi init --config ./kasasagi.toml --yes --from fax@example.jp --sample-registry   # フォルダーの中で試す
example-run =
    kasasagi run --config ./kasasagi.toml   # 前面で動かす。サービスは systemctl で起動する
example-demo =
    kasasagi demo   # 新しいフォルダーで
    kasasagi demo --dir ./demo --seed 7   # 回線の乱れを変えて
example-check =
    kasasagi check   # すべてを1行ずつ
    kasasagi check --mail fax.eml   # このメールがどう扱われるか
example-form-print =
    kasasagi form print ICM-01 -o blank.pdf   # コピー用
    kasasagi form print ICM-01 --serial 1024 -o blank-1024.pdf   # 通し番号入り
example-form-fields =
    kasasagi form fields ICM-01
example-read =
    kasasagi read fax.pdf   # 表で
    kasasagi read --json *.tif   # 様式ごとに1行のJSONで
example-submit =
    kasasagi submit fax.eml
example-list =
    kasasagi list --since 2d   # この2日間
    kasasagi list --state held   # 保留中のもの
example-trace =
    kasasagi trace 20261123-7K3QXD2M
example-held =
    kasasagi held   # 待っているもの
    kasasagi held show 20261123-7K3QXD2M   # 理由と読み取り結果
example-held-show =
    kasasagi held show 20261123-7K3QXD2M --pages ./look   # ページの画像とともに
example-held-accept =
    kasasagi held accept 20261123-7K3QXD2M.1   # 読み取り結果は正しい
    kasasagi held accept 20261123-7K3QXD2M.1 --field dr_code=0865   # 医師コードは0865
    kasasagi held accept 20261123-7K3QXD2M.1 --fields-from fields.txt   # ファイルから
example-held-route =
    kasasagi held route 20261123-7K3QXD2M.1 --patient 0003878
example-held-reject =
    kasasagi held reject 20261123-7K3QXD2M --reason misdirected
example-held-admit =
    kasasagi held admit 20261123-7K3QXD2M
example-outbox =
    kasasagi outbox   # まだ送っていないもの
    kasasagi outbox list --all   # 送ったものも
example-digest =
    kasasagi digest   # 誰が何を待つか
    kasasagi digest send   # いま送る
example-report =
    kasasagi report --day 2026-11-25
example-registry-check =
    kasasagi registry check ./registry   # 提出する前に
example-registry-import =
    kasasagi registry import ./registry --from 2026-12-01   # 12月から
example-registry-approve =
    kasasagi registry show 2   # まず見る
    kasasagi registry approve 2   # 別の人が
example-registry-export =
    kasasagi registry export ./registry --format toml
example-registry-find =
    kasasagi registry find 山田
example-registry-policy =
    kasasagi registry policy --patient 0003878 --urgency emergency
example-audit-list =
    kasasagi audit list --since 7d --kind decided
    kasasagi audit list --patient 0003878   # ある患者の記録に起きたこと
example-audit-export =
    kasasagi audit export --format csv --since 2026-11-01   # 表計算用
example-audit-verify =
    kasasagi audit verify   # ここにあるすべて
    kasasagi audit verify --checkpoint report.eml   # メールにある先頭とも照らす
example-audit-head =
    kasasagi audit head --note
example-backup =
    kasasagi backup /mnt/copy/2026-11-30
example-restore =
    kasasagi restore /mnt/copy/2026-11-30 --replace
example-erase =
    kasasagi erase --older-than 90d --dry-run   # 見るだけ
    kasasagi erase --fax 20261123-7K3QXD2M
example-keep =
    kasasagi keep 20261123-7K3QXD2M
    kasasagi keep 20261123-7K3QXD2M --release
example-key-rotate =
    kasasagi key rotate
