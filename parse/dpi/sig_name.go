package dpi

var nameSignatures = []signature{}
