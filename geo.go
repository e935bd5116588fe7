package musika

import "math"

// Point is a place on Earth in degrees (WGS 84).
type Point struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Valid reports whether p lies on Earth.
func (p Point) Valid() bool {
	return math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180
}

const earthRadiusKM = 6371.0088 // mean radius, IUGG

// DistanceKM returns the great-circle distance to q in kilometres (haversine).
func (p Point) DistanceKM(q Point) float64 {
	rad := math.Pi / 180
	dLat, dLon := (q.Latitude-p.Latitude)*rad, (q.Longitude-p.Longitude)*rad
	h := math.Pow(math.Sin(dLat/2), 2) +
		math.Cos(p.Latitude*rad)*math.Cos(q.Latitude*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earthRadiusKM * math.Asin(math.Min(1, math.Sqrt(h)))
}
