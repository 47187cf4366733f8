package dpi

var secureSignatures = []signature{}
