# kasasagi audit

audit-no-head = { $place } に署名の行はありません。kasasagi1 で始まる行を指定してください
audit-too-many-heads = 署名の行が { $count } 件あります。一度に確かめられるのは { $most } 件までです
audit-verified =
    { $whole ->
        [yes] 正常
       *[no] 異常あり
    }：出来事 { $events } 件、先頭 { $head }、署名の行 { $checkpoints } 件、封緘されたファイル { $blobs } 個、索引は{ $view ->
        [yes] 一致
       *[no] 不一致
    }
audit-bad-event = 出来事 { $seq }：{ $what }
audit-bad-checkpoint = 署名の行：{ $what }
audit-bad-content = { $fax } の内容：{ $what }
audit-bad-registry = 登録簿 { $version }：{ $what }
audit-ignored = 出来事 { $seq } は何も変えません：{ $what }
audit-head-included = 出来事 { $seq } の署名の行（{ $time }）：一致。そこまでの出来事はすべて元のままです
audit-head-not-ours = 出来事 { $seq } の署名の行（{ $time }）：【署名が違う】別の保管庫が署名したか、書きかえられています
audit-head-missing = 出来事 { $seq } の署名の行（{ $time }）：【欠落】監査記録は出来事 { $last } で終わっています。切り取られたか、前のコピーに戻されています
audit-head-rewritten = 出来事 { $seq } の署名の行（{ $time }）：【改変】出来事 { $from } から { $seq } までの間に、変更、削除、挿入、移動のいずれかがありました
