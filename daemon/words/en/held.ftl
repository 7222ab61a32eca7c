# kasasagi held
