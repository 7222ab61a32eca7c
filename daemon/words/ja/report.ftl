# kasasagi report

report-figure = { $label }：{ $value }
