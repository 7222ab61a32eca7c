# どのコマンドにも共通する文。

general-told = kasasagi：{ $what }
general-unwritable = 結果を書き出せません：{ $why }
general-unexpected = ゲートウェイの返事をこのプログラムは理解できません
general-other-version = 動いているゲートウェイの版が違います。更新後は再起動してください
general-manual = 終了コード：0 正常、1 点検で問題あり、2 使い方または設定の誤り、69 利用できない、75 もう一度試す。設定は /etc/kasasagi/kasasagi.toml（中に説明がある）。データは /var/lib/kasasagi。詳しくは /usr/share/doc/kasasagi。
general-no-moment = { $text } は日付、時刻、期間のいずれでもありません。2026-11-23 や 2d のように書いてください

## 並べたものの間に置くもの。

general-comma = {"、"}
general-semicolon = {"。"}

## 時間のかかる処理。波かっこの中は棒グラフの部品。

general-progress = {"{msg} [{bar:30}] {percent:>3} % 残り {eta_precise}"}
general-progress-waiting = {"{spinner} {msg}…"}
general-progress-view = 索引を作り直しています
general-progress-copying = コピーしています
general-progress-files = ファイルを確かめています
general-progress-events = 出来事を確かめています
general-progress-contents = 封緘された内容を確かめています
general-progress-verifying = 監査記録を確かめています
general-progress-reading = 読み取っています
general-progress-demo = 見本のFAXを処理しています
