package dpi

var textSignatures = []signature{}
