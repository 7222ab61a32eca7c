# kasasagi init
