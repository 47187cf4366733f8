package tab

import "testing"

func TestDetailsPictures(t *testing.T) {
	for _, size := range screenSizes {
		comparePicture(t, "details", drawTab(NewDetails(), detailModel(detailRow()), size[0], size[1]))
	}
}
