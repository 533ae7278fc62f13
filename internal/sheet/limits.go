package sheet

import "time"

// Limits bound what one file may cost. Every count is of what was really read,
// never of what the file declares about itself (security.md row 31).
type Limits struct {
	Bytes      int64         // of the file as it was sent
	Unzipped   int64         // of all its parts together, unpacked
	Ratio      int64         // unpacked to packed, of one part larger than 1 MiB
	Entries    int           // parts in the package
	Rows       int           // rows of one sheet that hold anything
	Columns    int           // the last column that holds anything
	Cells      int           // cells of one sheet that hold anything
	CellLength int           // characters in one cell
	Strings    int           // bytes of all shared texts together
	Merges     int           // merged ranges of one sheet
	Time       time.Duration // for opening
}

// DefaultLimits are generous for a ledger and small for a machine: the largest
// file that they let in is read in well under 256 MiB of memory.
var DefaultLimits = Limits{
	Bytes: 32 << 20, Unzipped: 256 << 20, Ratio: 400, Entries: 2000,
	Rows: 200_000, Columns: 200, Cells: 5_000_000, CellLength: 32_767,
	Strings: 64 << 20, Merges: 200_000, Time: 30 * time.Second,
}
