package web

import "net/http"

func (s *Server) mountPeople(m *http.ServeMux) {}
