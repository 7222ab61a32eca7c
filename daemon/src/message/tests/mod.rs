mod scene;

mod single;
