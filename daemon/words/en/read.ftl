# kasasagi read

read-page = { $file } page { $number }
read-form = { $place }: { $form }
read-no-form = { $place }: no form: { $why } ({ $code })
read-columns = FIELD | STATE | VALUE | RAW | WHY
read-sure = sure
read-doubtful = doubtful
