# kasasagi form

form-columns = 様式 | 版 | 名称 | 用紙 | 項目数
form-fields-columns = 番号 | 項目 | 名称 | 位置 (mm)
form-unwritable = PDFを書き出せません：{ $why }
