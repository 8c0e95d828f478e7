CREATE TABLE artist (
  artist_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT
);
CREATE TABLE album (
  album_id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  artist_id INTEGER NOT NULL REFERENCES artist,
  release_year INTEGER
);
CREATE TABLE genre (
  genre_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE media_type (
  media_type_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE track (
  track_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  album_id INTEGER REFERENCES album,
  media_type_id INTEGER NOT NULL REFERENCES media_type,
  genre_id INTEGER REFERENCES genre,
  composer TEXT,
  milliseconds INTEGER NOT NULL,
  unit_price REAL NOT NULL
);
CREATE TABLE playlist (
  playlist_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE playlist_track (
  playlist_id INTEGER NOT NULL REFERENCES playlist,
  track_id INTEGER NOT NULL REFERENCES track,
  PRIMARY KEY (playlist_id, track_id)
);
CREATE TABLE employee (
  employee_id INTEGER PRIMARY KEY,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  title TEXT,
  reports_to INTEGER REFERENCES employee,
  hire_date TEXT,
  city TEXT
);
CREATE TABLE customer (
  customer_id INTEGER PRIMARY KEY,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT,
  city TEXT,
  country TEXT,
  support_rep_id INTEGER REFERENCES employee
);
CREATE TABLE invoice (
  invoice_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customer,
  invoice_date TEXT NOT NULL,
  billing_country TEXT,
  total REAL NOT NULL
);
CREATE TABLE invoice_line (
  invoice_line_id INTEGER PRIMARY KEY,
  invoice_id INTEGER NOT NULL REFERENCES invoice,
  track_id INTEGER NOT NULL REFERENCES track,
  unit_price REAL NOT NULL,
  quantity INTEGER NOT NULL
);
