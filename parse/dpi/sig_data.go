package dpi

var dataSignatures = []signature{}
