# kasasagi submit

submit-too-large = { $file } は intake.max_message_mb の上限より大きいメールです
submit-received = { $fax } を受信しました。経過は「kasasagi trace { $fax }」で見られます
