# kasasagi demo
