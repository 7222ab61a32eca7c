# kasasagi submit
