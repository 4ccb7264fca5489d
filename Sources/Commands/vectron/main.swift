print("vectron")
