package dpi

var mediaSignatures = []signature{}
