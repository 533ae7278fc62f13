package member

// Tests are small worlds: what is read one by one must be smaller still.
func init() { small = 100 }
