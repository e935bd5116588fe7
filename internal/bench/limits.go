package bench

// limits says what bounds the figures. It is prose that goes with the code
// measured: whoever changes what the limit is changes it here.
const limits = ``
