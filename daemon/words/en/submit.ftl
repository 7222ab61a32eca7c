# kasasagi submit

submit-too-large = { $file } is larger than intake.max_message_mb allows
submit-received = { $fax } received; `kasasagi trace { $fax }` tells its story
