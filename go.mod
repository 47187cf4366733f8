module sockeye

go 1.26
