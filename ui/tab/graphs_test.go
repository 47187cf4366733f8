package tab

import "testing"

func TestGraphsPictures(t *testing.T) {
	for _, size := range screenSizes {
		m := screenModel(nil)
		screenTraffic(m, 300)
		comparePicture(t, "graphs", drawTab(NewGraphs(), m, size[0], size[1]))
	}
}
