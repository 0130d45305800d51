# Works out published figures of a release again from its raw noisy measurements. Needs R 4 and jsonlite.
#
#     Rscript recipe.R [FOLDER] [TABLE]
#
# FOLDER holds the release: the working folder if left out. TABLE is one table, such as "mood@team" or "mood@" for
# everyone, and is shown cell by cell; without it all tables are worked out and compared. Exit code 0 if every figure
# comes out as it is published, 1 if one does not.
#
# It reads measurements.json (the noisy numbers), codebook.json (the names of the cells) and tables.csv (what was
# published), and follows release.json, estimates.words: y, s, n, V, C, A, r, W, L and H are the letters used there.
# Not worked out here: the columns `count` and `share`. They are a least-squares fit to all tables at once
# (estimates.display); `low` and `high` are stretched to hold the published share. A row `modelled` or `weighted` is
# made otherwise and left out.

library(jsonlite)

z <- 1.959963984540054
u <- 1.6448536269514722
texts <- function(values) vapply(values, as.character, "")

# Cells in the order of the files (the last axis runs fastest), as a matrix of places: one column an axis.
places <- function(sizes) {
  if (length(sizes) == 0) return(matrix(0L, 1, 0, dimnames = list(NULL, character(0))))
  grid <- expand.grid(lapply(rev(sizes), seq_len))
  grid <- as.matrix(grid[, rev(seq_along(sizes)), drop = FALSE])
  dimnames(grid) <- list(NULL, names(sizes))
  grid
}

read_measured <- function(folder) {
  raw <- fromJSON(file.path(folder, "measurements.json"), simplifyVector = FALSE)
  axes <- lapply(raw$workload$axes, function(axis) {
    list(size = axis$size, touches = axis$touches, outside = as.integer(unlist(axis$outside)) + 1)  # R counts from 1
  })
  names(axes) <- texts(lapply(raw$workload$axes, `[[`, "name"))
  tables <- lapply(raw$workload$tables, function(table) {
    list(name = table$name, by = texts(table$by), of = texts(table$of))
  })
  names(tables) <- texts(lapply(tables, `[[`, "name"))
  parts <- lapply(raw$residuals, residual, axes = axes)
  names(parts) <- vapply(raw$residuals, function(part) key(texts(part$axes)), "")
  list(axes = axes, tables = tables, parts = parts)
}

key <- function(names) paste0("/", paste(names, collapse = "/"))
sizes_of <- function(axes, names) vapply(axes[names], `[[`, 0, "size")

# One residual: along each axis that counts a person once the mean is taken off; then all is divided by their sizes.
# v is the variance of its noise.
residual <- function(part, axes) {
  names <- texts(part$axes)
  at <- places(sizes_of(axes, names))
  values <- as.numeric(unlist(part$values))
  once <- Filter(function(name) axes[[name]]$touches == 1, names)
  for (name in once) {
    line <- apply(at[, setdiff(names, name), drop = FALSE], 1, paste, collapse = "/")
    if (length(names) == 1) line <- rep("", nrow(at))
    values <- values - ave(values, line)
  }
  divisor <- prod(sizes_of(axes, once))
  sizes <- sizes_of(axes, names)
  list(names = names, values = values / divisor, v = (part$scale / divisor)^2,
       step = rev(cumprod(c(1, rev(sizes))))[-1])
}

# The residuals that add up to a table: over all its axes, and over all but some that count a person once.
made_of <- function(measured, table) {
  names <- Filter(function(name) name %in% c(table$by, table$of) && measured$axes[[name]]$size > 1,
                  names(measured$axes))
  always <- Filter(function(name) measured$axes[[name]]$touches > 1, names)
  sets <- list(character(0))
  for (name in names) sets <- c(sets, lapply(sets, c, name))
  Filter(function(chosen) all(always %in% chosen), sets)
}

# y, in the order of the files.
cells <- function(measured, table) {
  sizes <- sizes_of(measured$axes, c(table$by, table$of))
  at <- places(sizes)
  y <- numeric(nrow(at))
  for (chosen in made_of(measured, table)) {
    part <- measured$parts[[key(chosen)]]
    index <- 1 + (at[, part$names, drop = FALSE] - 1) %*% part$step
    y <- y + part$values[index] / prod(sizes[setdiff(names(sizes), chosen)])
  }
  y
}

# Of two weighted sums of a table's cells. Each has, for every axis, one weight a cell.
covariance <- function(measured, table, first, second) {
  whole <- 0
  for (chosen in made_of(measured, table)) {
    term <- measured$parts[[key(chosen)]]$v
    for (axis in c(table$by, table$of)) {
      a <- first[[axis]]
      b <- second[[axis]]
      means <- mean(a) * mean(b)
      term <- term * if (measured$axes[[axis]]$touches > 1) sum(a * b)
                     else if (axis %in% chosen) sum(a * b) - length(a) * means
                     else means
    }
    whole <- whole + term
  }
  whole
}

weights <- function(measured, names, make) sapply(names, function(name) make(measured$axes[[name]]), simplify = FALSE)
one <- function(axis) as.numeric(seq_len(axis$size) == 1)
everybody <- function(axis) rep(1, axis$size)
answers <- function(axis) as.numeric(!seq_len(axis$size) %in% axis$outside)

# s^2, the same for each cell.
variance <- function(measured, table) {
  first <- weights(measured, c(table$by, table$of), one)
  covariance(measured, table, first, first)
}

# n, how many answered in each cohort, with V and C; NULL where it is not known.
answered <- function(measured, table) {
  first <- weights(measured, c(table$by, table$of), one)
  if (length(table$of) == 0) {
    total <- measured$tables[["@"]]
    return(list(n = cells(measured, total), v = variance(measured, total),
                c = covariance(measured, table, first, weights(measured, table$by, everybody))))
  }
  inside <- weights(measured, table$of, answers)
  kept <- Reduce(function(a, b) as.vector(t(outer(a, b))), inside)
  rows <- matrix(cells(measured, table), ncol = length(kept), byrow = TRUE)
  if (all(vapply(table$of, function(name) measured$axes[[name]]$touches == 1, TRUE))) {
    whole <- c(weights(measured, table$by, one), inside)
    return(list(n = as.vector(rows %*% kept), v = covariance(measured, table, whole, whole),
                c = covariance(measured, table, first, whole)))
  }
  if (length(table$of) > 1) return(NULL)
  sizes <- measured$tables[[paste0("@", paste(table$by, collapse = ","))]]
  list(n = cells(measured, sizes) - as.vector(rows %*% (1 - kept)),
       v = variance(measured, sizes) + sum(1 - kept) * variance(measured, table), c = 0)
}

# low and high around r = y / A. s2, v, c: s^2, V and C, each by A^2; drawn: 1 / A, or 0 where nothing is drawn.
interval <- function(r, s2, v, c, drawn) {
  w <- function(q) s2 + q^2 * v - 2 * q * c + q * (1 - q) * drawn
  roots <- function(k) {
    square <- 1 - k^2 * (v - drawn)
    if (square <= 0) return(c(0, 1))
    half <- r + k^2 * (drawn - 2 * c) / 2
    root <- sqrt(max(half^2 - square * (r^2 - k^2 * s2), 0))
    c(if (r > 0) (half - root) / square else 0, if (r < 1) (half + root) / square else 1)
  }
  e <- sqrt(w(0))
  f <- 1 - sqrt(max(w(1), 0))
  if (e >= f) { e <- 0; f <- 1 }
  outer <- roots(z)
  inner <- roots(u)
  low <- min(max(outer[1], min(inner[1], e)), f)
  high <- max(min(outer[2], max(inner[2], f)), e)
  pmin(pmax(c(low, high), 0), 1)
}

# As in tables.csv. The last bits of a number, which may differ from machine to machine, go first.
written <- function(value, digits) {
  text <- sprintf("%.*f", digits, round(value, digits + 6))
  if (as.numeric(text) == 0) sub("^-", "", text) else text
}

# The places of a table's cells, named by cohort and answer.
named_cells <- function(table, names) {
  joined <- function(over, with) {
    if (length(over) == 0) return("")
    ids <- expand.grid(rev(names[over]), stringsAsFactors = FALSE)
    do.call(paste, c(unname(rev(ids)), sep = with))
  }
  pairs <- expand.grid(answer = joined(table$of, "|"), cohort = joined(table$by, ","), stringsAsFactors = FALSE)
  paste(pairs$cohort, pairs$answer, sep = "\n")
}

main <- function(folder, only) {
  for (name in c("measurements.json", "codebook.json", "tables.csv")) {
    if (!file.exists(file.path(folder, name))) {
      cat(folder, " is not the folder of a release: it has no ", name, ".\n", sep = "", file = stderr())
      return(1)
    }
  }
  measured <- read_measured(folder)
  if (!is.na(only) && !only %in% names(measured$tables)) {
    cat("There is no table '", only, "'. There are: ", paste(names(measured$tables), collapse = ", "), "\n", sep = "",
        file = stderr())
    return(1)
  }
  book <- fromJSON(file.path(folder, "codebook.json"), simplifyVector = FALSE)
  axes <- do.call(c, lapply(book$pages, function(page) do.call(c, lapply(page$questions, `[[`, "axes"))))
  ids <- lapply(axes, function(axis) texts(axis$cells))
  names(ids) <- texts(lapply(axes, `[[`, "axis"))
  rows <- read.csv(file.path(folder, "tables.csv"), colClasses = "character", na.strings = character(0),
                   encoding = "UTF-8")
  rows <- rows[rows$status == "shown" & rows$estimate %in% c("display", ""), ]
  rows$table <- sprintf("%s%s%s@%s", rows$question, ifelse(rows$rank == "", "", "."), rows$rank, rows$by)
  figures <- 0
  wrong <- 0
  for (name in unique(rows$table)) {
    if (!is.na(only) && name != only) next
    table <- measured$tables[[name]]
    y <- cells(measured, table)
    s2 <- variance(measured, table)
    found <- answered(measured, table)
    many <- prod(sizes_of(measured$axes, table$of))
    mine <- rows[rows$table == name, ]
    at <- match(paste(mine$cohort, mine$answer, sep = "\n"), named_cells(table, ids))
    for (i in seq_len(nrow(mine))) {
      again <- c(unbiased = written(y[at[i]], 1), sd = written(sqrt(s2), 4))
      if (mine$share[i] != "" && !is.null(found)) {
        a <- max(found$n[if (length(table$of) > 0) (at[i] - 1) %/% many + 1 else 1], 1)
        ends <- interval(y[at[i]] / a, s2 / a^2, found$v / a^2, found$c / a^2, if (name == "@") 0 else 1 / a)
        share <- as.numeric(mine$share[i])
        again <- c(again, low = written(min(ends[1], share), 4), high = written(max(ends[2], share), 4))
      }
      said <- unlist(mine[i, names(again)])
      figures <- figures + length(again)
      wrong <- wrong + sum(again != said)
      if (!is.na(only) || any(again != said)) {
        cat(name, " ", mine$cohort[i], " ", mine$answer[i], ": ",
            paste0(names(again), " ", again, " (", said, ")", collapse = ", "), "\n", sep = "")
      }
    }
  }
  cat(figures - wrong, "of", figures, "published figures come out of the measurements.\n")
  if (wrong == 0 && (figures > 0 || is.na(only))) 0 else 1
}

given <- commandArgs(trailingOnly = TRUE)
quit(status = main(if (length(given) > 0) given[1] else ".", if (length(given) > 1) given[2] else NA))
