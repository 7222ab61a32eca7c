# 1つの出来事を1文で（trace、audit list）。
