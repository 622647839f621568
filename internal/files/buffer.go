package files

// Buffer keeps what is written to it, up to Limit bytes. The write that goes
// beyond fails with an ErrTooLarge, which ends whoever writes: io.Copy, or a
// program that is run with it as its output. The zero Buffer takes nothing.
type Buffer struct {
	Limit int64
	data  []byte
	full  bool
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	if room := b.Limit - int64(len(b.data)); int64(len(p)) > room {
		b.data, b.full = append(b.data, p[:max(room, 0)]...), true
		return int(max(room, 0)), tooLarge(b.Limit)
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// Err is an ErrTooLarge where more was written than the Buffer takes. A program
// that ends for that has an error of its own, which says less.
func (b *Buffer) Err() error {
	if b.full {
		return tooLarge(b.Limit)
	}
	return nil
}

// Bytes are what was written, never nil. They stay the Buffer's own.
func (b *Buffer) Bytes() []byte {
	if b.data == nil {
		b.data = []byte{}
	}
	return b.data
}
