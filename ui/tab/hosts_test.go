package tab_test

import (
	"testing"

	"sockeye/ui/tab"
)

func TestHostsPictures(t *testing.T) {
	for _, size := range tab.ScreenSizes {
		m, h := sumsModel(nil), tab.NewHosts()
		tab.DrawTab(h, m, size[0], size[1])
		h.Act(m, tab.DoRowDown)
		tab.ComparePicture(t, "hosts", tab.DrawTab(h, m, size[0], size[1]))
	}
}
