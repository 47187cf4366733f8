package tab

// Action is something that people do by a key, a click or an entry of a menu. Package
// ui's table gives each its keys, help and place in the configuration.
type Action uint8

// The actions. Those that no tab knows are the loop's own.
const (
	DoNothing Action = iota

	// Moving about.
	DoRowUp
	DoRowDown
	DoHalfPageUp
	DoHalfPageDown
	DoPageUp
	DoPageDown
	DoFirst
	DoLast
	DoOpen     // look into the selected row
	DoBack     // close what lies on top, then the drill-down, then deselect
	DoExpand   // of groups
	DoCollapse //
	DoToggle   // expand or collapse
	DoNextTab
	DoPreviousTab
	DoTab1
	DoTab2
	DoTab3
	DoTab4
	DoTab5
	DoTab6
	DoTab7
	DoTab8

	// What is shown, in which order.
	DoQuery
	DoClearQuery
	DoCaptureFilter
	DoSort2s
	DoSort10s
	DoSort40s
	DoSortSource
	DoSortDestination
	DoSortNext
	DoSortFlip
	DoGroupNext // group the flows by the next thing; of processes what they are added up by
	DoFreeze
	DoPause
	DoClosed
	DoPin
	DoReset
	DoColumns // choose them
	DoRowTip  // the tooltip of the selected row
	DoHeaderTip

	// How it is shown.
	DoResolve
	DoServiceNames
	DoPorts
	DoBitsBytes
	DoBarStyle
	DoLogScale
	DoScaleEnd
	DoLineMode
	DoCumulative
	DoProcessColumn
	DoHeaderBar
	DoBorders
	DoSidePanel
	DoInlineSpark
	DoTooltips
	DoMouse
	DoRefresh
	DoThemes
	DoThemeEditor

	// What is done.
	DoInterfaces
	DoCopyRow
	DoCopyRemote
	DoExport
	DoClearStatistics
	DoAlerts
	DoHelp
	DoSuspend
	DoQuit
	DoQuitNow

	// Of graphs and files.
	DoZoomIn
	DoZoomOut
	DoCursorLeft
	DoCursorRight
	DoPlayPause
	DoFaster
	DoSlower

	Actions // how many there are
)
