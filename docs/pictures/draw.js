// Fills in a blank form as an office would, and cuts the pictures of the form-filling guide out of it.
// mutool run draw.js BLANK.pdf FIELDS.json FONT.ttf FOLDER    (make.sh calls it)

var blank = scriptArgs[0], form = JSON.parse(read(scriptArgs[1])), font = new Font(scriptArgs[2]), folder = scriptArgs[3]
var POINT = 72 / 25.4
var INK = [0.15]

function field(key) {
	for (var i = 0; i < form.fields.length; i++)
		if (form.fields[i].key == key) return form.fields[i]
	throw "the form has no field " + key
}

function box(key, option) {
	var boxes = field(key).boxes
	for (var i = 0; i < boxes.length; i++)
		if (boxes[i].option == option) return boxes[i].rect_mm
	throw key + " has no box " + option
}

// A sheet: the blank, and pen strokes and writing in millimetres from its top left corner.
function Sheet() {
	this.marks = []
}

Sheet.prototype.stroke = function (points, width) {
	var path = new Path()
	path.moveTo(points[0][0] * POINT, points[0][1] * POINT)
	for (var i = 1; i < points.length; i++) path.lineTo(points[i][0] * POINT, points[i][1] * POINT)
	this.marks.push(function (device, at) {
		var pen = { startCap: "Round", dashCap: "Round", endCap: "Round", lineJoin: "Round", lineWidth: width * POINT }
		device.strokePath(path, pen, at, DeviceGray, INK, 1)
	})
}

Sheet.prototype.write = function (words, x, y, size) {
	this.marks.push(function (device, at) {
		var text = new Text(), s = size * POINT
		text.showString(font, [s, 0, 0, -s, x * POINT, y * POINT], words)
		device.fillText(text, at, DeviceGray, INK, 1)
		var pen = { lineWidth: 0.12 * POINT, lineJoin: "Round" }
		device.strokeText(text, pen, at, DeviceGray, INK, 1)
	})
}

Sheet.prototype.tick = function (key, option) {
	var r = box(key, option), x = r[0], y = r[1], w = r[2], h = r[3]
	this.stroke([[x + 0.12 * w, y + 0.5 * h], [x + 0.4 * w, y + 0.88 * h], [x + 1.05 * w, y - 0.1 * h]], 0.6)
}

Sheet.prototype.fill = function (key, option) {
	var r = box(key, option), x = r[0], y = r[1], w = r[2], h = r[3]
	for (var i = 0; i < 9; i++) {
		var down = y + h * (0.14 + 0.09 * i)
		this.stroke([[x + 0.14 * w, down], [x + 0.86 * w, down + 0.03 * h]], 0.5)
	}
}

Sheet.prototype.oval = function (x, y, w, h) {
	var points = []
	for (var i = 0; i <= 44; i++) {
		var turn = i / 42 * 2 * Math.PI
		points.push([x + w / 2 + Math.cos(turn) * w / 2, y + h / 2 + Math.sin(turn) * h / 2])
	}
	this.stroke(points, 0.5)
}

// Letters in cells from the cell `from` on, a space for an empty one.
Sheet.prototype.cells = function (key, letters, from) {
	var cells = field(key).cell_rects_mm
	for (var i = 0; i < letters.length; i++) {
		if (letters[i] == " ") continue
		var r = cells[i + (from || 0)], narrow = letters[i] < "\u0080", size = r[3] * (narrow ? 0.78 : 0.66)
		this.write(letters[i], r[0] + (r[2] - size * (narrow ? 0.55 : 1)) / 2, r[1] + r[3] / 2 + size * 0.33, size)
	}
}

Sheet.prototype.text = function (key, words, size) {
	var z = field(key).zone_mm, lines = words.split("\n")
	for (var i = 0; i < lines.length; i++) {
		var h = z[3] / lines.length
		this.write(lines[i], z[0] + 1.5, z[1] + h * (i + 0.5) + size * 0.36, size)
	}
}

Sheet.prototype.pixmap = function (dpi, x, y, w, h) {
	var s = dpi / 72, at = [s, 0, 0, s, 0, 0], mm = dpi / 25.4
	var pixmap = new Pixmap(DeviceGray, [Math.round(x * mm), Math.round(y * mm), Math.round((x + w) * mm), Math.round((y + h) * mm)], false)
	pixmap.clear(255)
	var device = new DrawDevice(Identity, pixmap)
	new Document(blank).loadPage(0).run(device, at)
	for (var i = 0; i < this.marks.length; i++) this.marks[i](device, at)
	device.close()
	return pixmap
}

Sheet.prototype.save = function (name, dpi, x, y, w, h) {
	this.pixmap(dpi, x, y, w, h).saveAsPNG(folder + "/" + name + ".png")
}

// Every person, office and number is invented: the sample registry.
function good() {
	var s = new Sheet()
	s.tick("urgency", "通常"); s.tick("purpose", "更新")
	s.cells("written_on", "081126"); s.cells("pages", " 1")
	s.cells("dr_code", "0638"); s.text("addressee", "わたなべ在宅診療所 渡邉 康介", 4)
	s.cells("sender_no", "2372207551"); s.text("sender_name", "尾西たんぽぽ居宅介護支援事業所", 4)
	s.text("sender_person", "青山 潤", 4.4); s.tick("sender_role", "ケアマネ")
	s.cells("sender_tel", "0586282275"); s.cells("sender_fax", "0586282276")
	s.cells("kana", "クワバラ リョウヘイ"); s.tick("sex", "男")
	s.text("name", "桑原 良平", 5.5); s.cells("patient_id", "0005272")
	s.tick("birth", "昭"); s.cells("birth", "180601"); s.cells("age", " 83")
	s.cells("insured_no", "0085684734"); s.cells("insurer_no", "232033")
	s.cells("postal", "4930001"); s.text("address", "一宮市木曽川町黒田6丁目93番地180", 4)
	s.tick("household", "日中独居")
	s.tick("care_level", "介1"); s.tick("copay", "1割")
	s.tick("adl_disabled", "A2"); s.tick("adl_dementia", "Ⅱa")
	s.text("disease", "慢性心不全、高血圧症", 4.4); s.text("history", "令和5年 右大腿骨頸部骨折", 4.4)
	s.tick("procedures", "なし"); s.tick("allergy", "なし"); s.tick("medication", "一部介助")
	s.tick("adl_move", "見守"); s.tick("adl_transfer", "見守"); s.tick("adl_meal", "自立")
	s.tick("adl_toilet", "一部"); s.tick("adl_bath", "一部"); s.tick("adl_dress", "自立")
	s.tick("services", "訪診"); s.tick("services", "訪看"); s.tick("services", "通介")
	s.text("notes", "昨夜より微熱あり。水分は摂れています。\nご指示をお願いします。", 3.1)
	s.fill("consent", "本人"); s.fill("consent", "文書")
	return s
}

// One fault of each kind that the guide warns of.
function faulty() {
	var s = new Sheet(), r
	r = box("urgency", "至急(本日中)")
	s.oval(r[0] - 1.2, r[1] - 1, 29, r[3] + 2)
	s.tick("purpose", "入院時"); s.tick("purpose", "更新")
	r = box("purpose", "更新")
	s.stroke([[r[0] - 1, r[1] + 1.4], [r[0] + 14, r[1] + 1.6]], 0.4); s.stroke([[r[0] - 1, r[1] + 2.6], [r[0] + 14, r[1] + 2.8]], 0.4)
	s.cells("dr_code", "0638")
	r = field("dr_code").cell_rects_mm[3]
	s.stroke([[r[0] + 0.3, r[1] + 2.6], [r[0] + 4.6, r[1] + 2.8]], 0.4); s.stroke([[r[0] + 0.3, r[1] + 4], [r[0] + 4.6, r[1] + 4.2]], 0.4)
	s.write("5", r[0] + 1.4, r[1] - 0.2, 4.4)
	r = field("sender_no").cell_rects_mm
	s.write("2372207551", r[0][0] + 1, r[0][1] + 5.4, 5.2)
	s.tick("sex", "男"); s.tick("sex", "女")
	return s
}

var sheet = good()
sheet.save("sheet", 95, 0, 8, 210, 286)
sheet.save("good", 200, 0, 0, 210, 297)
sheet.save("boxes", 150, 18, 21.6, 140, 14.5)
sheet.save("cells", 150, 18, 82, 184, 29)
sheet.save("consent", 150, 18, 275, 126, 8)
var wrong = faulty()
wrong.save("faulty", 200, 0, 0, 210, 297)
wrong.save("faults", 130, 18, 21, 140, 43)
