package intake

// Columns are the items that a file of the entity may have.
var Columns = Entity.known
