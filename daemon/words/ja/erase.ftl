# kasasagi erase、kasasagi keep

erase-none = それほど古いものはありません
erase-would = FAX { $count } 件と、その続きが消去の対象です
erase-erased = FAX { $count } 件を消去しました
erase-one = { $fax }（最後の動き { $last }）を消去しました
erase-one-would = { $fax }（最後の動き { $last }）は消去の対象です
erase-stays = { $fax } は、どれほど古くなっても残します
erase-need-not-stay = { $fax } は、もう残さなくてよくなりました
