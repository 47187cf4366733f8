package dpi

var webSignatures = []signature{}
