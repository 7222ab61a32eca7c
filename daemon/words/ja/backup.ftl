# kasasagi backup、kasasagi restore

backup-made =
    { $dir } にコピーしました：ファイル { $files } 個、監査記録は出来事 { $seq } まで
    主鍵 { $key } は入っていません。主鍵がないとバックアップは開けません。控えを別の場所に保管してください。
backup-restored = { $dir } を { $made } のバックアップ（出来事 { $seq } まで）から戻しました
backup-aside = それまでの内容は { $aside } にあります
backup-in-doubt =
    FAXとメール { $count } 件は、バックアップの後に処理や送信が進んでいたかもしれません。人の確認を待っています：
      kasasagi held        誰にも届いていないFAXは、それぞれ「held admit FAX番号」
      kasasagi outbox      届いていないメールは、それぞれ「outbox retry メール番号」
