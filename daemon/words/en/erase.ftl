# kasasagi erase
