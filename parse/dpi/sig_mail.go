package dpi

var mailSignatures = []signature{}
