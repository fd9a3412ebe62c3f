package command

// lzfRatio is more than what one byte of LZF data can stand for.
const lzfRatio = 264

// unpackLZF unpacks data that must give just size bytes. A control byte below 32
// announces that many and one more bytes as they are; any other holds the length
// (3 bits, 7: one more byte) and with the next byte the distance (13 bits) of a
// copy from what was unpacked.
func unpackLZF(data []byte, size int) (out []byte, ok bool) {
	out = make([]byte, 0, size)
	for len(data) > 0 {
		control := int(data[0])
		data = data[1:]
		if control < 32 {
			n := control + 1
			if n > len(data) || len(out)+n > size {
				return nil, false
			}
			out = append(out, data[:n]...)
			data = data[n:]
			continue
		}
		n := control>>5 + 2
		if n == 9 && len(data) > 0 {
			n += int(data[0])
			data = data[1:]
		}
		if len(data) == 0 {
			return nil, false
		}
		from := len(out) - (control&0x1f<<8 | int(data[0])) - 1
		data = data[1:]
		if from < 0 || len(out)+n > size {
			return nil, false
		}
		for i := range n { // may overlap: byte by byte
			out = append(out, out[from+i])
		}
	}
	return out, len(out) == size
}
