# kasasagi demo

demo-columns = FAX | 見本の内容 | 様式 | 確か | 要確認 | 状態 | メール | 備考
demo-warning = 注意：{ $what }
demo-audit =
    {""}
    監査記録の検証：{ $found }
demo-balanced = 件数の照合：合っています
demo-unbalanced = 件数の照合：合いません
demo-left =
    {""}
    メール { $mails } 通など、すべて { $dir } にあります
    {"  "}{ $sheet }  すべてのページと読み取った項目
    {"  "}{ $outgoing }  送られる形のメール（署名と暗号化）
    {"  "}{ $opened }  同じメールを受取人の鍵で開いたもの
    {"  "}kasasagi --config { $settings } list
demo-elsewhere =
    {""}
    予定と違う結果になったFAXがあります。表で確かめてください。
demo-not-empty = { $dir } は空ではありません。新しいフォルダーを指定してください

demo-typed = 活字、高精細
demo-handwritten = 手書き風、至急、傾きと汚れあり
demo-coarse = 活字、標準の精細さ、傾きあり
demo-upside-down = 緊急、上下逆さま
demo-two-forms = 様式2枚、TIFF
demo-contradiction = 医師コードが登録簿と合わない
demo-letter = 送付状（様式ではない）
demo-again = 1通目と同じFAX
demo-no-attachment = 添付のないメール
