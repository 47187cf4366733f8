package dpi

var officeSignatures = []signature{}
