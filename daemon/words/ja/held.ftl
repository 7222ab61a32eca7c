# kasasagi held

held-columns = 番号 | 対象 | 受信 | 理由
held-fax = FAX
held-page = ページ { $number }
held-record = 記録
held-message = メール
held-admitted = { $fax } の処理を続けます。経過は「kasasagi trace { $fax }」で見られます

held-received = { $fax }  { $at } に受信（{ $way }）
held-is = { $id }（{ $what }）は保留中です：
held-reason = {"  "}- { $code }：{ $words }
held-subject =
    {""}
    件名：{ $subject }
held-earlier = この用紙は前にも配信しています。前と違うところには、前の内容も示します。
held-no-form = この版の様式は、いまの設定にはありません
held-field-columns = 項目 | 名称 | 状態 | 内容 | 理由
held-field-columns-before = 項目 | 名称 | 状態 | 内容 | 理由 | 前の内容
held-sure = 確か
held-doubtful = 要確認
held-blank = 空欄
held-page-written = ページ：{ $path }

held-no-pair = 「項目=内容」の形で書いてください
held-settled-as = { $fax } の状態：{ $state }
held-later = { $record } は、ゲートウェイが再び動き出したときに改めて判断されます
held-goes-to = { $record } の送り先：{ $to }
held-still = { $record } はまだ保留です：
held-repeats = { $record } は { $of } と同じ内容のため、何も送りません
held-settled = { $record } は処理済みです：{ $reason }
held-undecided = { $record } はまだ判断されていません。経過は「kasasagi trace { $fax }」で見られます
