# kasasagi read

read-page = { $file } の { $number } ページ
read-form = { $place }：{ $form }
read-no-form = { $place }：様式がありません。{ $why }（{ $code }）
read-columns = 項目 | 状態 | 内容 | 読んだ文字 | 理由
read-sure = 確か
read-doubtful = 要確認
